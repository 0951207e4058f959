"""Redis or Valkey: everything that must outlive a process."""
