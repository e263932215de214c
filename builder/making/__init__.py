"""Programs -> new bugs, each of them proven: candidates by number, in many processes, into a folder or a stream."""
