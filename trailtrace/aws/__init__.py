"""AWS's own APIs, by boto3: what they give becomes sources, keys and messages."""
