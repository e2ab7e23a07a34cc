"""What tests need: declared once, shared at the scope that is named, started concurrently, always closed."""

from aiounit.resources.declaration import Resource, ResourceFactory, Scope, depends, resource, resource_factory

__all__ = ["Resource", "ResourceFactory", "Scope", "depends", "resource", "resource_factory"]
