"""The training of a coder, whatever its kind: photos, stages, averages, checkpoints, figures.

A kind is a module with the same functions for its networks: `new_network`, `load_network`, `filled_network`,
`save_network`, `prepared`, `state_of`, `analyse`, `synthesise`, `predicted_scales`, `rate_of_latent`, `quantised`,
`start_hyperprior`, `optimiser` and `settle`.
"""

import csv
import math
import random
import time
from pathlib import Path

import torch

from learning import codec, processor

HOUR = 3600
# Bits and λ times distortion grow as g^0.9 or so over the gains, tenfold in all; divided by it, a per cent counts alike
# at every rate, as it does in a BD-rate.
WEIGHT = 0.9


class Average:
    """Exponential moving average of a network's weights."""

    def __init__(self, state, horizon=500):
        self.horizon, self.count = horizon, 0
        self.values = {k: v.detach().clone() for k, v in state.items()}

    @torch.no_grad()
    def update(self, network):
        self.count += 1
        keep = min(1 - 1 / self.horizon, self.count / (10 + self.count))
        current = network.state_dict()
        torch._foreach_lerp_(list(self.values.values()), [current[k] for k in self.values], 1 - keep)


class Trainer:
    def __init__(self, kind, options):
        self.kind, self.options, self.device = kind, options, options.device
        torch.manual_seed(options.seed)
        random.seed(options.seed)
        training, held_out = codec.split(codec.photo_paths(options.photos), options.held_out)
        self.photos = codec.training_photos(training, options.also, {p.stem for p in held_out}, options)
        self.held_out = [codec.cropped_to_multiple(codec.read_photo(p)).to(self.device) for p in held_out]
        self.smallest = min(256, *(min(x.shape[1:]) for x in self.photos))
        self.precision = processor.precision(self.device, options.precision)
        self.step, self.checkpoint = 0, None
        self.checkpoint_path = Path(f"{options.output}.checkpoint")
        self.network = self.first_network()
        self.network.to(self.device)
        self.fresh = (options.fresh_hyperprior or not options.start) and not self.checkpoint
        self.hours = self.checkpoint["hours"] if self.checkpoint else 0.0  # of one core, before this call
        last = len(self.network.Gain) - 1
        self.gains = [float(self.network.Gain[i]) for i in sorted({round(last * f / 4) for f in range(5)})]
        self.open_log()

    def first_network(self):
        o, kind = self.options, self.kind
        if o.resume:
            if not self.checkpoint_path.exists():
                raise SystemExit(f"{self.checkpoint_path}: nothing to resume from")
            self.checkpoint = torch.load(self.checkpoint_path, map_location=self.device, weights_only=True)
            self.step = self.checkpoint["step"]
            random.seed(o.seed + self.step)
            network = kind.filled_network(self.checkpoint["network"], self.checkpoint_path)
        elif o.start:
            network = kind.load_network(o.start)
        else:
            network = kind.new_network(o, self.photos)
        return kind.prepared(network, o, self.photos, self.precision)

    def open_log(self):
        log = Path(f"{self.options.output}.csv")
        new = not (self.options.resume and log.exists())
        self.log_file = open(log, "w" if new else "a", newline="")
        self.log = csv.writer(self.log_file)
        if new:
            self.log.writerow(["stage", "step", "hours of one core", "loss"]
                              + [f"{what} at gain {g:.3f}" for g in self.gains for what in ("bpp", "PSNR")])

    def core_hours(self):
        """All processors' time this training has had, earlier calls included."""
        return self.hours + time.process_time() / HOUR

    # ------------------------------------------------------------ stages

    def run(self):
        o = self.options
        plan = {"hyperprior": [("hyperprior", 1.0)], "joint": [("joint", 1.0)],
                "both": [("hyperprior", 0.2), ("joint", 0.65), ("hyperprior", 0.15)]}[o.stage]
        for index, (name, share) in enumerate(plan):
            if not self.checkpoint or index >= self.checkpoint["part"]:
                self.learn(index, name, share * o.minutes * 60)
        self.settle_quantiles()
        self.settle_offsets()
        self.kind.save_network(self.network, o.output)
        if self.held_out:
            stored = self.kind.load_network(o.output).to(self.device)
            figures = codec.measure(self.kind, stored, self.held_out, self.gains)
            print("stored, 16 bits", codec.describe(figures), flush=True)

    def benchmark(self, steps=10):
        """Prints steps a second of the joint stage, as it is set and in 32 bits."""
        for precision in dict.fromkeys((self.precision, torch.float32)):
            network = self.network = self.kind.prepared(self.network, self.options, self.photos, precision).train()
            optimiser = self.kind.optimiser(network, self.options, True, self.photos)
            average = Average(self.kind.state_of(network))
            for index in range(steps + 2):
                if index == 2:
                    begin = time.perf_counter()
                loss = self.joint_loss()
                optimiser.zero_grad()
                loss.backward()
                optimiser.step(1e-6)
                average.update(network)
            rate = steps / (time.perf_counter() - begin)
            print(f"{precision}: {rate:.2f} steps a second, batch {self.options.batch}, "
                  f"{torch.get_num_threads()} threads", flush=True)

    @torch.no_grad()
    def latents(self, photos):
        """y of each photo, (M, H/16, W/16)."""
        return [self.kind.analyse(self.network, codec.cropped_to_multiple(p).to(self.device).float()[None] / 255)[0]
                for p in photos]

    def learn(self, part, stage, seconds):
        """One part of the plan; goes on in its middle when the checkpoint was written there."""
        o, network = self.options, self.network
        joint = stage == "joint"
        waiting = [] if joint else random.sample(self.photos, len(self.photos))
        latents = self.latents([waiting.pop() for _ in range(min(48, len(waiting)))])
        self.held_out_latents = None if joint else self.latents(self.held_out)
        if self.fresh:
            self.kind.start_hyperprior(network, latents or self.latents(self.photos[:48]))
            self.fresh = False
        optimiser = self.kind.optimiser(network, o, joint, self.photos)
        average = Average(self.kind.state_of(network))
        spent, stage_step = 0.0, 0
        if self.checkpoint and self.checkpoint["part"] == part:
            average.values, average.count = self.checkpoint["average"], self.checkpoint["average count"]
            if "optimiser" in self.checkpoint:
                optimiser.restore(self.checkpoint["optimiser"])
                stage_step = self.checkpoint["step in part"]
            spent = self.checkpoint["spent"]
        self.checkpoint = None
        side = torch.optim.Adam([network.entropy_bottleneck.quantiles], lr=1e-2)
        network.train()
        last_report = time.time()
        begin = last_report - spent
        loss_sum, loss_count = 0.0, 0
        while (progress := (time.time() - begin) / seconds) < 1 and stage_step < o.steps:
            factor = min(1, (stage_step + 1) / 100) * (
                o.final_rate + (1 - o.final_rate) * 0.5 * (1 + math.cos(math.pi * progress)))
            if waiting and stage_step % 8 == 0:
                latents += self.latents([waiting.pop()])  # a few at a time, so that learning begins at once
            loss = self.joint_loss() if joint else self.hyperprior_loss(latents)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step(factor)
            side.zero_grad(set_to_none=True)
            network.entropy_bottleneck.loss().backward()
            side.step()
            average.update(network)
            self.step += 1
            stage_step += 1
            loss_sum, loss_count = loss_sum + float(loss.detach()), loss_count + 1
            finished = time.time() - begin >= seconds or stage_step >= o.steps
            if finished or time.time() - last_report > o.report:
                state = {"part": part, "spent": time.time() - begin, "step in part": stage_step, "step": self.step,
                         "optimiser": optimiser.state(), "average": average.values, "average count": average.count}
                self.report(stage, loss_sum / loss_count, average, state)
                last_report, loss_sum, loss_count = time.time(), 0.0, 0
        torch.nn.Module.load_state_dict(network, average.values, strict=False)

    def hyperprior_loss(self, latents, count=4):
        """Bits a pixel of y and z at two gains; latents cut at any phase of the hyper-latent's grid."""
        batch = []
        side = self.smallest // 64 * 4  # in cells of 16 pixels; every photo has this much
        for _ in range(count):
            y = random.choice(latents)
            _, h, w = y.shape
            i, j = random.randrange(h - side + 1), random.randrange(w - side + 1)
            batch.append(y[:, i:i + side, j:j + side])
        y = torch.stack(batch)
        scales, z_likelihoods = self.kind.predicted_scales(self.network, y)
        pixels = y.shape[0] * y.shape[2] * y.shape[3] * 256
        z_bits = -torch.log2(z_likelihoods).sum((1, 2, 3))
        loss = 0
        for _ in range(2):
            gains = codec.random_gains(count).to(y.device)
            # y stands still, so that the symbols themselves can be counted.
            bits = self.kind.rate_of_latent(self.network, y, scales, gains, noisy=False)
            loss = loss + ((bits + z_bits) / gains.flatten() ** WEIGHT).sum() / pixels / 2
        return loss

    def joint_loss(self):
        o, kind, network = self.options, self.kind, self.network
        batch = []
        for _ in range(o.batch):
            photo = random.choice(self.photos)
            _, h, w = photo.shape
            i, j = random.randrange(h - o.crop + 1), random.randrange(w - o.crop + 1)
            crop = photo[:, i:i + o.crop, j:j + o.crop]
            batch.append(crop.flip(2) if random.random() < 0.5 else crop)
        x = torch.stack(batch).to(self.device).float() / 255
        gains = codec.random_gains(o.batch).to(self.device)
        y = kind.analyse(network, x)
        scales, z_likelihoods = kind.predicted_scales(network, y)
        bits = kind.rate_of_latent(network, y, scales, gains) - torch.log2(z_likelihoods).sum((1, 2, 3))
        x_hat = kind.synthesise(network, kind.quantised(network, y, scales, gains))
        gains = gains.flatten()
        distortion = 0.18 * gains ** 2 * 255 ** 2 * ((x_hat - x) ** 2).mean((1, 2, 3))
        return ((bits / (x.shape[2] * x.shape[3]) + distortion) / gains ** WEIGHT).mean()

    # ------------------------------------------------------------ records

    def report(self, stage, loss, average, state):
        """Measure and store the averaged weights; then go on with the current ones."""
        self.settle_offsets()
        current = self.kind.state_of(self.network)
        offsets = {k: v for k, v in current.items() if self.kind.learns_offsets(k)}
        average.values.update({k: v.clone() for k, v in offsets.items()})
        torch.nn.Module.load_state_dict(self.network, {**current, **average.values}, strict=False)
        self.write_row(stage, loss)
        self.kind.save_network(self.network, self.options.output)
        torch.nn.Module.load_state_dict(self.network, current, strict=False)
        partial = Path(f"{self.checkpoint_path}.partial")
        torch.save({"network": current, "hours": self.core_hours(), **state}, partial)
        partial.replace(self.checkpoint_path)

    def write_row(self, stage, loss):
        rows = []
        if self.held_out:
            rows = codec.measure(self.kind, self.network, self.held_out, self.gains, self.held_out_latents)
        hours = self.core_hours()
        print(stage, self.step, f"{hours:.3f} h", f"{loss:.4f}", codec.describe(rows), flush=True)
        self.log.writerow([stage, self.step, f"{hours:.4f}", f"{loss:.5f}"]
                          + [v for y, z, psnr in rows for v in (f"{y + z:.4f}", "" if psnr is None else f"{psnr:.3f}")])
        self.log_file.flush()

    def settle_offsets(self):
        self.kind.settle(self.network, self.latents(random.sample(self.photos, min(24, len(self.photos)))))

    def settle_quantiles(self, steps=2000):
        """The bottleneck's medians and tails, brought to where the learned densities have them."""
        bottleneck = self.network.entropy_bottleneck
        side = torch.optim.Adam([bottleneck.quantiles], lr=1e-2)
        for index in range(steps):
            side.param_groups[0]["lr"] = 1e-2 * (1 - index / steps) + 1e-5
            side.zero_grad(set_to_none=True)
            bottleneck.loss().backward()
            side.step()
