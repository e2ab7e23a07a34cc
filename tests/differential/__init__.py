"""Does one description of a test class behave on aiounit as it does on the standard library?

`descriptions` is the language that test classes are described in, `classes` builds a class from a description,
`running` runs it and writes down all that can be seen, and `improvements` is what aiounit means to do differently.
"""
