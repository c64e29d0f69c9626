"""Where tokens come from: the streaming client, profiles, and the embedded local endpoint."""
