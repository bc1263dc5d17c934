import os, sys
import pandas as pd
import numpy as np
from sklearn.preprocessing import LabelEncoder
from sklearn.preprocessing import StandardScaler
from sklearn.model_selection import train_test_split
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import confusion_matrix

def importData(TrainFile, TestFile):
    TrainingData = pd.read_csv(TrainFile)
    TestData = pd.read_csv(TestFile)
    return TrainingData, TestData

def makeTitle(TrainingData, TestData):
    TrainingData['Title'] = TrainingData['Name'].apply(lambda x: x.split(',')[1].split()[0])
    TestData['Title'] = TestData['Name'].apply(lambda x: x.split(',')[1].split()[0])
    TestData['Title'] = TestData['Title'].replace('Dona.', 'Mrs.')
    return TrainingData, TestData

def makeAge(TrainingData, TestData):
    meanAge = round(TrainingData['Age'].mean())
    TrainingData['Age'] = TrainingData['Age'].fillna(meanAge)
    TestData['Age'] = TestData['Age'].fillna(meanAge)
    return TrainingData, TestData

def makeTicketAndCabin(TrainingData, TestData):
    for D in [TrainingData, TestData]:
        D['Ticket_Len'] = D['Ticket'].apply(lambda x: len(x))
        D['hasCabin'] = D['Cabin'].notnull().astype(int)
    return TrainingData, TestData

def makeEmbarkedAndFare(TrainingData, TestData):
    TrainingData['Embarked'] = TrainingData['Embarked'].fillna('S')
    TestData['Embarked'] = TestData['Embarked'].fillna('S')
    TestData['Fare'] = TestData['Fare'].fillna(TrainingData['Fare'].mean())
    return TrainingData, TestData

def makeLabels(TrainingData, TestData):
    for c in ['Sex', 'Title', 'Embarked']:
        le = LabelEncoder()
        TrainingData[c] = le.fit_transform(TrainingData[c])
        TestData[c] = le.transform(TestData[c])
    TrainingData = TrainingData.drop(['PassengerId', 'Name', 'Ticket', 'Cabin'], axis=1)
    TestData = TestData.drop(['PassengerId', 'Name', 'Ticket', 'Cabin'], axis=1)
    return TrainingData, TestData

def scaleData(TrainingData, TestData):
    y = TrainingData['Survived']
    X = TrainingData.drop('Survived', axis=1)
    sc = StandardScaler()
    X = pd.DataFrame(sc.fit_transform(X), columns=X.columns)
    XT = pd.DataFrame(sc.transform(TestData), columns=TestData.columns)
    return X, y, XT

def splitData(X, y, s=0.1):
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=s)
    return X_train, X_test, y_train, y_test

def RandomForestTitanic(X_train, X_test, y_train, y_test, nTrees=20):
    rdmf = RandomForestClassifier(n_estimators=nTrees)
    rdmf.fit(X_train, y_train)
    rdmf_score = rdmf.score(X_test, y_test)
    rdmf_score_tr = rdmf.score(X_train, y_train)
    print('score (train):', rdmf_score_tr)
    print('score (validation):', rdmf_score)
    print('confusion matrix:')
    print(confusion_matrix(y_test, rdmf.predict(X_test)))
    return rdmf
