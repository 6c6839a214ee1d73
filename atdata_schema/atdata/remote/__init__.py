"""What stores and sources share where they speak to servers."""
