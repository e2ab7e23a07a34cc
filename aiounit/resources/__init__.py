"""What tests need: declared once, shared at the scope that is named, started concurrently, always closed."""

from aiounit.resources.declaration import Factory, Resource, Scope, depends, factory, resource

__all__ = ["Factory", "Resource", "Scope", "depends", "factory", "resource"]
