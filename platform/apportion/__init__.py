"""What people and programs see: pages, JSON interface and command line."""
