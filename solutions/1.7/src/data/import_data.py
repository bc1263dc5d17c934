"""Reading of the passenger lists."""

import pandas as pd
import s3fs


def import_data(bucket, folder, endpoint):
    """Return the training and the test table, read from a folder of an S3 bucket.

    `endpoint` is the name of the S3 server; the credentials come from the environment.
    """
    storage = s3fs.S3FileSystem(client_kwargs={"endpoint_url": f"https://{endpoint}"})
    with storage.open(f"{bucket}/{folder}/train.csv") as file:
        train = pd.read_csv(file)
    with storage.open(f"{bucket}/{folder}/test.csv") as file:
        test = pd.read_csv(file)
    return train, test
