// The client that @hey-api/openapi-ts generates at work; prints what it did.
import { client } from "./hey_api/client.gen";
import {
  addVote, createPost, createToken, createUser, deletePost, getPost, listPosts, updatePost,
} from "./hey_api/sdk.gen";

declare const process: { argv: string[] };

async function main(baseUrl: string): Promise<void> {
  client.setConfig({ baseUrl });
  const account = { email: "hey@example.com", password: "correct horse battery staple" };
  const form = { username: account.email, password: account.password };

  console.log("sign up", (await createUser({ body: account })).data?.email);
  const wrong = await createToken({ body: { ...form, password: "wrong" } });
  if (wrong.error && "error" in wrong.error) console.log("log in", wrong.error.error, wrong.error.detail);
  const token = (await createToken({ body: form })).data;
  console.log("log in", token?.token_type, token?.expires_in);
  const nobody = await createPost({ body: { title: "hey", content: "x" } });
  console.log("write", nobody.response?.status, nobody.error?.detail);

  client.setConfig({ baseUrl, auth: token?.access_token });
  const bad = await createPost({ body: { title: "", content: "x" } });
  console.log("write", bad.error?.status, bad.error?.errors?.map((each) => each.loc.join(".")).join());
  for (const title of ["hey 1", "hey 2", "hey 3"]) {
    await createPost({ body: { title, content: "Hello" } });
  }
  const query = { limit: 2, search: "hey" };
  const page = (await listPosts({ query })).data;
  console.log("page", page?.items.map((post) => post.title).join());
  const rest = (await listPosts({ query: { ...query, cursor: page?.next } })).data;
  console.log("page", rest?.items.map((post) => post.title).join(), rest?.next);

  const path = { post_id: rest!.items[0].id };
  console.log("vote", (await addVote({ path })).response?.status);
  const changed = (await updatePost({ path, body: { title: "hey 0", content: undefined } })).data;
  console.log("change", changed?.title, changed?.content, changed?.votes);
  console.log("delete", (await deletePost({ path })).response?.status);
  const gone = await getPost({ path });
  console.log("get", gone.error?.status, gone.error?.detail);
}

main(process.argv[2]);
