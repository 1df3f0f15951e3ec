"""Terms and their translations: as files, found in texts, and inflected; translates nothing."""
