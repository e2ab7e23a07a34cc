"""The checks that aiounit comes with, a file each, and their helpers.

A check imports the base class from `checks.api`, never another check's user such as `checks.session`.
"""
