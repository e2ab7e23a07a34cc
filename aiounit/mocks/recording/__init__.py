"""Recording the calls and awaits of mocks: the recorder, its records, and copies of arguments.

Works with every mock of `unittest.mock`, and imports nothing from the other folders of `mocks`.
"""
