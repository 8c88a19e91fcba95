"""Log file integrity: what CloudTrail's signed digest files say of the log files in a folder."""
