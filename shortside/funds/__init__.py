"""Exchange-traded funds: their segments, what flowed into and out of them, and how much of them is sold short."""
