"""What is contributed: submissions, their screening, review and publication."""
