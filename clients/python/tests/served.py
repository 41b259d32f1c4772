"""The service that a test asks, and one in between that breaks streams off."""

from __future__ import annotations

import http.server
import os
import threading
import urllib.request

URL = os.environ["HEARTWOOD_URL"]


class Between:
    """Passes requests on, and cuts an Arrow stream after so many bytes, as often as it is told to.

    ``clean`` ends the cut answer as if it were whole, which HTTP alone cannot tell.
    """

    def __init__(self, cut: int, times: int, clean: bool = False) -> None:
        self.paths: list[str] = []
        self.left = times
        between = self
        lock = threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                with urllib.request.urlopen(URL + self.path) as response:
                    body = response.read()
                    kind = response.headers["Content-Type"]
                with lock:
                    between.paths.append(self.path)
                    cutting = kind.startswith("application/vnd.apache.arrow") and between.left > 0
                    between.left -= cutting
                if cutting:
                    body = body[:cut]
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Connection", "close")
                if not cutting or clean:
                    self.send_header("Content-Length", str(len(body)))
                else:
                    self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                if cutting and not clean:
                    self.wfile.write(b"%x\r\n" % (len(body) + 1000) + body)
                else:
                    self.wfile.write(body)
                self.close_connection = True

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self) -> "Between":
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
