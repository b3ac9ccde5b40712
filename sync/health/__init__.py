"""Does the service work, and what does it lack? The truth behind `healthcheck`, `doctor`, `/readyz` and the console."""
