"""How CompressAI's scale hyperprior learns: the trainer's view of that kind of coder.

The network itself is in `codec`.
"""

import torch

from learning import codec

load_network, filled_network, save_network = codec.load_network, codec.filled_network, codec.save_network
predicted_scales, rate_of_latent, quantised = codec.predicted_scales, codec.rate_of_latent, codec.quantised


def new_network(options, photos):
    hidden = options.grow or (12, 48, 128)
    return codec.narrowed(codec.new_network(*options.channels, photos), [min(w, options.channels[0]) for w in hidden])


def prepared(network, options, photos, precision):
    """Ready to learn: grown to the hidden channels asked for, laid out and computed as the processor likes it."""
    if options.grow and codec.stored_widths(network) != tuple(options.grow):
        grown(network, options.grow)
    network.precision = precision
    for part in (network.g_a, network.g_s):
        part.to(memory_format=torch.channels_last)
    return network


def state_of(network):
    return {k: v.clone() for k, v in network.state_dict().items() if not k.endswith(codec.TABLES)}


def transformed(network, part, x):
    """g_a or g_s: the layer at the latent in 32 bits, since y spans hundreds of steps, all others in `precision`."""
    precision = getattr(network, "precision", torch.float32)
    if not network.training or precision == torch.float32:
        return part(x)
    exact = 0 if part is network.g_s else len(part) - 1
    x = x.contiguous(memory_format=torch.channels_last)
    for index, layer in enumerate(part):
        with torch.autocast(x.device.type, dtype=precision, enabled=index != exact):
            x = layer(x.float() if index == exact else x)
    return x.float()


def analyse(network, x):
    return transformed(network, network.g_a, x)


def synthesise(network, y):
    return transformed(network, network.g_s, y)


def learns_offsets(name):
    return False  # QuantABCD learns with all else


def settle(network, latents):
    """Nothing to do: see `learns_offsets`."""


@torch.no_grad()
def grown(network, widths):
    """The same function with more hidden channels: new ones hear the old, nobody hears them yet."""
    m = network.g_a[6].weight.shape[0]
    for part, sizes in ((network.g_a, (3, *widths, m)), (network.g_s, (m, *reversed(widths), 3))):
        for index in range(4):
            layer, (inputs, outputs) = part[2 * index], sizes[index:index + 2]
            transposed = isinstance(layer, torch.nn.ConvTranspose2d)
            old = layer.weight.transpose(0, 1) if transposed else layer.weight
            kept_out, kept_in = old.shape[:2]
            if kept_out > outputs or kept_in > inputs:
                raise SystemExit(f"--grow {' '.join(map(str, widths))}: fewer hidden channels than the weights have")
            new = old.new_zeros(outputs, inputs, 5, 5)
            new[kept_out:, :kept_in] = float(old.square().mean().sqrt()) * torch.randn_like(new[kept_out:, :kept_in])
            new[:kept_out, :kept_in] = old
            layer.weight = torch.nn.Parameter((new.transpose(0, 1) if transposed else new).contiguous())
            layer.bias = torch.nn.Parameter(torch.cat((layer.bias, layer.bias.new_zeros(outputs - kept_out))))
            if index < 3:
                grow_normalisation(part[2 * index + 1], kept_out, outputs)
    return network


def grow_normalisation(gdn, kept, channels):
    gamma = torch.full((channels, channels), 1e-6)
    gamma[range(kept, channels), range(kept, channels)] = 1e-3
    gamma = gdn.gamma_reparam.init(gamma)
    gamma[:kept, :kept] = gdn.gamma
    gdn.gamma = torch.nn.Parameter(gamma)
    beta = gdn.beta_reparam.init(torch.ones(channels))
    beta[:kept] = gdn.beta
    gdn.beta = torch.nn.Parameter(beta)


@torch.no_grad()
def start_hyperprior(network, latents):
    """New h_a, h_s and bottleneck in the latents' own units.

    |y| spans three decades over the channels. Fed as it is, a few channels decide the sign of every
    hidden unit and most of these are dead for good. So |y| enters relative to its channel's mean,
    no hidden unit starts off-centre, and ẑ starts with a spread of two steps.
    """

    n, m = network.h_a[4].weight.shape[0], network.g_a[6].weight.shape[0]
    other = codec.empty_network(n, m).to(latents[0].device)
    network.h_a, network.h_s = other.h_a, other.h_s
    network.entropy_bottleneck = codec.EntropyBottleneck(n, init_scale=4).to(latents[0].device)
    magnitude = torch.stack([y.abs().mean((1, 2)) for y in latents]).mean(0)
    network.h_a[0].weight.div_(magnitude.view(1, -1, 1, 1))
    network.h_s[4].weight.mul_(magnitude.view(-1, 1, 1, 1))
    network.h_s[4].bias.copy_(1.2 * magnitude)
    sample = [y[None].abs() for y in latents[:16]]
    for index, spread in ((0, 1), (2, 1), (4, 2)):
        layer = network.h_a[index]
        outputs = torch.cat([network.h_a[:index + 1](y).flatten(2) for y in sample], 2)[0]
        factor = spread / outputs.std(1).clamp(min=1e-6)
        layer.bias.copy_((layer.bias - outputs.mean(1)) * factor)
        layer.weight.mul_(factor.view(-1, 1, 1, 1))

def optimiser(network, options, joint, photos):
    """Muon and Adam with each parameter's step in its own unit: see `codec.units` and `codec.bases`."""
    named = [(n, p) for n, p in network.named_parameters() if p.requires_grad and not n.endswith(".quantiles")]
    divisive = (".gamma", ".beta")
    groups = [{"rate": options.hyperprior_rate or 5e-4,
               "named": [(n, p) for n, p in named if n.startswith(("h_", "entropy"))]}]
    if joint:
        groups += [{"rate": options.transform_rate or 2e-4,
                    "named": [(n, p) for n, p in named if n.startswith("g_") and not n.endswith(divisive)]},
                   {"rate": options.normalisation_rate,
                    "named": [(n, p) for n, p in named if n.startswith("g_") and n.endswith(divisive)]},
                   {"rate": 1e-3, "named": [(n, p) for n, p in named if n.startswith("QuantABCD")]}]
    sample = photos[::max(1, len(photos) // 24)]
    return codec.Optimiser(groups, codec.units(network, sample), codec.bases(network, sample) if joint else {})
