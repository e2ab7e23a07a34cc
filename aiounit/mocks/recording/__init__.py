"""Records of the calls and awaits of mocks: the recorder, its records, and copies of arguments.

The recorder works with every mock of `unittest.mock`. Of the other folders it imports only `mocks.specs.attributes`.
"""
