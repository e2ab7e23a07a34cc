"""Tests of the life of one test."""
