-- Beside Dagster's own database, when the volume is new.
CREATE DATABASE alerts;
