"""What the gateway is measured with and beside."""
