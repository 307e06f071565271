"""Ways into the fake: botocore clients, the Stubber, pytest, Faker, frozen time."""
