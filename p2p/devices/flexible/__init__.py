"""What waits, responds or starts: electric vehicles, appliances, people who respond, sites with a schedule of their own, generators."""
