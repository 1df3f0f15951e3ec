"""What a translation must keep as it is: found, compared, put back; translates nothing."""
