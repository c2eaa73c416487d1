"""How people prove who they are: codes, passkeys, a district's own sign-in, and what is asked of them."""
