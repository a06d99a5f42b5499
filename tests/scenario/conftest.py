from headgate_test.fixtures import client, headgate, nginx, origin, wrk  # noqa: F401
