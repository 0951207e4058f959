"""The Aiven API: client, errors by meaning, and the few shapes that are read."""
