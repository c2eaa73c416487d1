"""The folder that mail lands in where no mail server is configured."""
