"""The client that openapi-python-client generates at work; prints what it did."""

import sys

from blog_client import AuthenticatedClient, Client
from blog_client.api.login import create_token
from blog_client.api.posts import create_post, delete_post, get_post, list_posts, update_post
from blog_client.api.users import create_user
from blog_client.api.votes import add_vote
from blog_client.models import PostCreate, PostUpdate, TokenRequest, UserCreate

EMAIL, PASSWORD = "python@example.com", "correct horse battery staple"


def main(url: str) -> None:
    """Sign up, log in, write, page, vote, change and delete."""
    anyone = Client(base_url=url)
    print("sign up", create_user.sync(client=anyone, body=UserCreate(EMAIL, PASSWORD)).email)
    wrong = create_token.sync(client=anyone, body=TokenRequest(EMAIL, "wrong"))
    print("log in", wrong.error, wrong.detail)
    token = create_token.sync(client=anyone, body=TokenRequest(EMAIL, PASSWORD))
    print("log in", token.token_type, token.expires_in)
    nobody = create_post.sync(client=anyone, body=PostCreate("python", "x"))
    print("write", nobody.status, nobody.detail)

    user = AuthenticatedClient(base_url=url, token=token.access_token)
    bad = create_post.sync(client=user, body=PostCreate("", "x"))
    print("write", bad.status, ".".join(bad.errors[0].loc))
    for number in (1, 2, 3):
        create_post.sync(client=user, body=PostCreate(f"python {number}", "Hello"))
    page = list_posts.sync(client=anyone, limit=2, search="python")
    print("page", ",".join(post.title for post in page.items))
    rest = list_posts.sync(client=user, limit=2, search="python", cursor=page.next_)
    print("page", ",".join(post.title for post in rest.items), "null" if rest.next_ is None else "")

    number = rest.items[0].id
    print("vote", add_vote.sync_detailed(number, client=user).status_code.value)
    changed = update_post.sync(number, client=user, body=PostUpdate(title="python 0"))
    print("change", changed.title, changed.content, changed.votes)
    print("delete", delete_post.sync_detailed(number, client=user).status_code.value)
    gone = get_post.sync(number, client=user)
    print("get", gone.status, gone.detail)


main(sys.argv[1])
