"""What several tests share: a real homeserver, real people."""
