"""Where Cairn runs in AWS: one CDK app, three stacks per environment, split by how long things live."""
