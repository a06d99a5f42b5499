"""What scenarios share beside headgate_test: ready-made origins, a name server, and waiting for what the daemon does."""
