"""Who is acting, what they may see, and the records that a district owns."""
