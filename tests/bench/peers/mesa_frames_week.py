"""The small week of `plain_mesa.py` on mesa-frames: agents as a Polars frame, steps as expressions over it."""

from time import perf_counter

import networkx as nx
import numpy as np
import polars as pl
from mesa_frames import AgentSetPolars, ModelDF

THERAPY_PLACES, GROUP_PLACES = 0.01, 0.015  # per resident
THERAPY_COST, GROUP_COST, BED_WEEK_COST = 120.0, 25.0, 9_800.0
NONE, WAITING, THERAPY, GROUP = range(4)


class Residents(AgentSetPolars):
    """Levels of loneliness and symptoms, a place in care or on the list, the ward."""

    def __init__(self, model, count):
        super().__init__(model)
        chance = self.random
        lonely = chance.normal(0.0, 0.7, count)
        point = np.clip(chance.normal(4.5, 3.5, count), 0.0, 20.0)
        frame = {"unique_id": np.arange(count), "temperament": lonely, "set_point": point}
        frame |= {"loneliness": lonely, "symptoms": point}
        frame |= dict.fromkeys(("care", "weeks_left", "since"), np.zeros(count, np.int64))
        frame |= dict.fromkeys(("cost", "qalys"), np.zeros(count))
        self += pl.DataFrame(frame | {"in_ward": np.zeros(count, bool)})

    def step(self):
        """Everybody lives one week."""
        n, chance, care = len(self), self.random, pl.col("care")
        # What friends show: the ties joined with everybody's state, and its mean by person.
        shown = self.agents.select(pl.col("unique_id").alias("friend"), pl.col("loneliness"))
        around = self.model.ties.join(shown, on="friend").group_by("unique_id")
        around = around.agg(pl.col("loneliness").mean().alias("around"))
        frame = self.agents.join(around, on="unique_id", how="left", maintain_order="left")
        lonely = pl.col("loneliness")
        goal = pl.col("temperament") + 0.3 * (pl.col("around").fill_null(0.0) - lonely)
        goal = goal - 0.3 * (care == GROUP).cast(pl.Float64)
        drift = pl.Series(chance.normal(0.0, 0.15, n))
        frame = frame.with_columns((lonely + 0.1 * (goal - lonely) + drift).alias("loneliness"))
        goal = pl.col("set_point") + 0.8 * lonely - 3.0 * (care == THERAPY).cast(pl.Float64)
        noise = pl.Series(chance.normal(0.0, 1.3, n))
        felt = (0.85 * pl.col("symptoms") + 0.15 * goal + noise).clip(0.0, 27.0)
        frame = frame.with_columns(felt.alias("symptoms")).drop("around")
        self.agents = self.be_served(self.seek_help(frame))
        self.risk_crisis()

    def seek_help(self, frame):
        seeks = pl.Series(self.random.random(len(self)))
        ready = seeks < 0.02 + 0.004 * (pl.col("symptoms") - 10)
        joins = (pl.col("care") == NONE) & (pl.col("symptoms") >= 10) & ready
        return frame.with_columns(
            pl.when(joins).then(WAITING).otherwise(pl.col("care")).alias("care"),
            pl.when(joins).then(self.model.week).otherwise(pl.col("since")).alias("since"),
            joins.alias("new"),
        )

    def be_served(self, frame):
        care, served = pl.col("care"), pl.col("care") >= THERAPY
        price = pl.when(care == THERAPY).then(THERAPY_COST).otherwise(GROUP_COST)
        frame = frame.drop("new").with_columns(
            (pl.col("cost") + served.cast(pl.Float64) * price).alias("cost"),
            (pl.col("weeks_left") - served.cast(pl.Int64)).alias("weeks_left"),
            (served & (pl.col("weeks_left") == 1)).alias("done"),
        )
        for which in (THERAPY, GROUP):
            done = frame.select((pl.col("done") & (care == which)).sum()).item()
            self.model.free[which] += done
        over = pl.when(pl.col("done")).then(NONE).otherwise(care).alias("care")
        return frame.with_columns(over).drop("done")

    def risk_crisis(self):
        stays, falls = (pl.Series(self.random.random(len(self))) for _ in range(2))
        inside, symptoms = pl.col("in_ward"), pl.col("symptoms")
        hazard = 1.0 / (1.0 + (10.0 - 0.25 * symptoms).exp())
        ward = pl.when(inside).then(stays >= 0.6).otherwise(falls < hazard)
        new = self.agents.select((~inside & (falls < hazard)).sum()).item()
        self.model.admissions += new
        loss = 0.016 * symptoms + 0.2 * pl.col("in_ward").cast(pl.Float64)
        bed = BED_WEEK_COST * inside.cast(pl.Float64)
        self.agents = self.agents.with_columns(
            (pl.col("cost") + bed).alias("cost"), ward.alias("in_ward")
        ).with_columns((pl.col("qalys") + (0.95 - loss) / 52.0).alias("qalys"))


class Town(ModelDF):
    """Residents on a Watts-Strogatz network of eight ties each, with one list and two services."""

    def __init__(self, n_residents, seed):
        super().__init__(seed=seed)
        self.week, self.admissions, self.told = 0, 0, []
        self.free = {
            THERAPY: int(THERAPY_PLACES * n_residents),
            GROUP: int(GROUP_PLACES * n_residents),
        }
        edges = np.array(nx.watts_strogatz_graph(n_residents, 8, 0.1, seed=seed).edges)
        near, far = np.concatenate((edges, edges[:, ::-1])).T
        self.ties = pl.DataFrame({"unique_id": near, "friend": far})
        self.residents = Residents(self, n_residents)
        self.agents += self.residents

    def fill_places(self):
        frame = self.residents.agents
        for care, weeks in ((THERAPY, 12), (GROUP, 26)):
            waiting = frame.filter(pl.col("care") == WAITING).sort("since", maintain_order=True)
            taken = waiting["unique_id"].head(self.free[care]).implode()
            placed = pl.col("unique_id").is_in(taken)
            self.free[care] -= len(taken[0])
            frame = frame.with_columns(
                pl.when(placed).then(care).otherwise(pl.col("care")).alias("care"),
                pl.when(placed).then(weeks).otherwise(pl.col("weeks_left")).alias("weeks_left"),
            )
        self.residents.agents = frame

    def step(self):
        """Let everybody live one week, then fill places and take notes."""
        self.residents = next(iter(self.agents._agentsets))
        self.residents.step()
        self.fill_places()
        self.week += 1
        care, frame = pl.col("care"), self.residents.agents
        told = frame.select(
            pl.col("symptoms").mean(), pl.col("loneliness").mean(), (care > WAITING).sum().alias("in_care"),
            (care == WAITING).sum().alias("waiting"), pl.lit(self.admissions).alias("admissions"),
            pl.col("cost").sum(), pl.col("qalys").sum(),
        )  # fmt: skip
        self.told.append(told.row(0, named=True))


def run(n_residents, weeks, seed):
    """Seconds that stepping a fresh town through its weeks took; building it is not counted."""
    town = Town(n_residents, seed)
    start = perf_counter()
    for _ in range(weeks):
        town.step()
    return perf_counter() - start, town.told[-1]
