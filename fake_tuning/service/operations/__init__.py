"""The operations of the service, one function each."""
