"""Who withdraws is gone: found in every file, taken out as one step, proven, and kept out of restored backups."""
