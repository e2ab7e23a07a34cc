"""Records of the calls and awaits of mocks: the recorder, its records, and copies of arguments.

The recorder works with every mock of `unittest.mock`. Nothing is imported from the other folders of `mocks`.
"""
