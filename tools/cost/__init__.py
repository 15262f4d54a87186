"""What a deployment costs a month: list prices, what is assumed of a deployment, and the sums. Pure."""
