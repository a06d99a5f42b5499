from headgate_test.fixtures import client, dnsperf, headgate, nginx, origin, wrk  # noqa: F401
