"""What scenarios share beside headgate_test: ready-made origins, a name server, waiting for what the daemon does, and the
pages of the project."""
