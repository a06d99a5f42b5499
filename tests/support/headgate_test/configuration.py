"""The configuration that most scenarios start from."""


def proxy_yaml(*backends, pool="", route="", listener="", more=""):
    """One listener `web`, one pool `app` of the backends (Origin, Nginx or "host:port"), one route, an admin listener.

    `pool`, `route` and `listener` are further lines of theirs; `more` stands at the top level. They are given without
    indentation.
    """
    addresses = ", ".join(f'"{getattr(backend, "address", backend)}"' for backend in backends)

    def indented(text, columns):
        return "".join(f"{' ' * columns}{line}\n" for line in text.strip("\n").splitlines())

    return (f"workers: 1\nlisteners:\n  web:\n    bind: 127.0.0.1:0\n{indented(listener, 4)}"
            f"pools:\n  app:\n    backends: [{addresses}]\n{indented(pool, 4)}"
            f"routes:\n  - pool: app\n{indented(route, 4)}"
            f"admin: {{ bind: 127.0.0.1:0 }}\n{indented(more, 0)}")
