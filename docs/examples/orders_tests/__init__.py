"""The order service's tests: how to test an asyncio application with aiounit."""
