"""What an auditor should look at: runs the detections and names the origin behind each finding."""
