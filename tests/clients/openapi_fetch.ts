// openapi-fetch with the types that openapi-typescript generates at work; prints what it did.
import createClient from "openapi-fetch";
import type { paths } from "./schema";

declare const process: { argv: string[] };

async function main(baseUrl: string): Promise<void> {
  const client = createClient<paths>({ baseUrl });
  const account = { email: "fetch@example.com", password: "correct horse battery staple" };
  const logIn = (password: string) =>
    client.POST("/token", {
      body: { username: account.email, password },
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });

  console.log("sign up", (await client.POST("/users", { body: account })).data?.email);
  const wrong = (await logIn("wrong")).error;
  console.log("log in", wrong?.error, wrong?.detail);
  const token = (await logIn(account.password)).data;
  console.log("log in", token?.token_type, token?.expires_in);
  const nobody = await client.POST("/posts", { body: { title: "fetch", content: "x" } });
  console.log("write", nobody.response.status, nobody.error?.detail);

  client.use({
    onRequest: ({ request }) => request.headers.set("Authorization", `Bearer ${token?.access_token}`),
  });
  const bad = await client.POST("/posts", { body: { title: "", content: "x" } });
  console.log("write", bad.error?.status, bad.error?.errors?.map((each) => each.loc.join(".")).join());
  for (const title of ["fetch 1", "fetch 2", "fetch 3"]) {
    await client.POST("/posts", { body: { title, content: "Hello" } });
  }
  const query = { limit: 2, search: "fetch" };
  const page = (await client.GET("/posts", { params: { query } })).data;
  console.log("page", page?.items.map((each) => each.title).join());
  const next = { query: { ...query, cursor: page?.next } };
  const rest = (await client.GET("/posts", { params: next })).data;
  console.log("page", rest?.items.map((each) => each.title).join(), rest?.next);

  const params = { path: { post_id: rest!.items[0].id } };
  console.log("vote", (await client.PUT("/posts/{post_id}/vote", { params })).response.status);
  const body = { title: "fetch 0", content: undefined };
  const changed = (await client.PATCH("/posts/{post_id}", { params, body })).data;
  console.log("change", changed?.title, changed?.content, changed?.votes);
  console.log("delete", (await client.DELETE("/posts/{post_id}", { params })).response.status);
  const gone = (await client.GET("/posts/{post_id}", { params })).error;
  console.log("get", gone?.status, gone?.detail);
}

main(process.argv[2]);
