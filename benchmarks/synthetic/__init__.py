"""Made-up CloudTrail logs: an organisation, its sessions, and the calls they make."""
