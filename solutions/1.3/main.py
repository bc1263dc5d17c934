import os
import pandas as pd
import numpy as np
from functions import importData, makeTitle, makeAge, makeTicketAndCabin, makeEmbarkedAndFare, makeLabels
from functions import scaleData, splitData, RandomForestTitanic

n_trees = 20

TrainingData, TestData = importData('train.csv', 'test.csv')

TrainingData, TestData = makeTitle(TrainingData, TestData)
TrainingData, TestData = makeAge(TrainingData, TestData)
TrainingData, TestData = makeTicketAndCabin(TrainingData, TestData)
TrainingData, TestData = makeEmbarkedAndFare(TrainingData, TestData)
TrainingData, TestData = makeLabels(TrainingData, TestData)

X, y, XT = scaleData(TrainingData, TestData)
X_train, X_test, y_train, y_test = splitData(X, y)

rdmf = RandomForestTitanic(X_train, X_test, y_train, y_test, n_trees)

print('predicted survivors in the test data:', rdmf.predict(XT).sum())
