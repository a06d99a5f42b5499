"""A real gRPC server and client, of grpcio with handlers and calls that need no compiled messages: bytes in, bytes out."""
import concurrent.futures

import grpc

SERVICE = "test.Echo"
UNARY, DOWN, UP, BOTH = "Unary", "Down", "Up", "Both"
METHODS = {UNARY: grpc.unary_unary_rpc_method_handler, DOWN: grpc.unary_stream_rpc_method_handler,
           UP: grpc.stream_unary_rpc_method_handler, BOTH: grpc.stream_stream_rpc_method_handler}
CALLS = {UNARY: "unary_unary", DOWN: "unary_stream", UP: "stream_unary", BOTH: "stream_stream"}


class GrpcServer:
    """Serves test.Echo; `methods` maps a method's name to a function (request or iterator, context) -> bytes or iterator."""

    def __init__(self, methods, options=(), health=None):
        self._server = grpc.server(concurrent.futures.ThreadPoolExecutor(16), options=options)
        handlers = {name: METHODS[name](play) for name, play in methods.items()}
        self._server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])
        if health:
            check = grpc.unary_unary_rpc_method_handler(health)
            self._server.add_generic_rpc_handlers(
                [grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": check})])
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def close(self, grace=0):
        self._server.stop(grace).wait()


class GrpcClient:
    """client(UNARY, b"request") calls; further keywords (timeout, metadata) are grpcio's."""

    def __init__(self, port):
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")

    def call(self, method, service=SERVICE):
        return getattr(self.channel, CALLS[method])(f"/{service}/{method}")

    def __call__(self, method, request, **options):
        return self.call(method)(request, **options)

    def close(self):
        self.channel.close()
