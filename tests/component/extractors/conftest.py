"""The scripted server and an isolated data root, for the tests of this folder."""

from tests.scripted_server import _no_own_settings, make_file, other_server, root, server

__all__ = ["_no_own_settings", "make_file", "other_server", "root", "server"]
