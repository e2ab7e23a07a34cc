"""Resources for tests: declared once, shared within a scope, started concurrently, always closed."""

from aiounit.resources.declaration import Resource, ResourceFactory, Scope, depends, resource, resource_factory

__all__ = ["Resource", "ResourceFactory", "Scope", "depends", "resource", "resource_factory"]
