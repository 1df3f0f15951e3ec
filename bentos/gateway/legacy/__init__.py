"""The predecessor's HTTP API, one compatibility profile per gateway; not the native one."""
