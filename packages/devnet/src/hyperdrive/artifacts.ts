import { ERC20Mintable } from '@delvtech/hyperdrive-artifacts/ERC20Mintable';
import { ERC4626Hyperdrive } from '@delvtech/hyperdrive-artifacts/ERC4626Hyperdrive';
import { ERC4626Target0 } from '@delvtech/hyperdrive-artifacts/ERC4626Target0';
import { ERC4626Target1 } from '@delvtech/hyperdrive-artifacts/ERC4626Target1';
import { ERC4626Target2 } from '@delvtech/hyperdrive-artifacts/ERC4626Target2';
import { ERC4626Target3 } from '@delvtech/hyperdrive-artifacts/ERC4626Target3';
import { ERC4626Target4 } from '@delvtech/hyperdrive-artifacts/ERC4626Target4';
import { HyperdriveRegistry } from '@delvtech/hyperdrive-artifacts/HyperdriveRegistry';
import { IHyperdrive } from '@delvtech/hyperdrive-artifacts/IHyperdrive';
import { IHyperdriveFactory } from '@delvtech/hyperdrive-artifacts/IHyperdriveFactory';
import { LPMath } from '@delvtech/hyperdrive-artifacts/LPMath';
import { MockERC4626 } from '@delvtech/hyperdrive-artifacts/MockERC4626';
import { MockFixedPointMath } from '@delvtech/hyperdrive-artifacts/MockFixedPointMath';
import { MockHyperdrive } from '@delvtech/hyperdrive-artifacts/MockHyperdrive';
import { MockHyperdriveAdminController } from '@delvtech/hyperdrive-artifacts/MockHyperdriveAdminController';
import { MockHyperdriveMath } from '@delvtech/hyperdrive-artifacts/MockHyperdriveMath';
import { MockLido } from '@delvtech/hyperdrive-artifacts/MockLido';
import { MockLPMath } from '@delvtech/hyperdrive-artifacts/MockLPMath';
import { MockYieldSpaceMath } from '@delvtech/hyperdrive-artifacts/MockYieldSpaceMath';
import { StETHHyperdrive } from '@delvtech/hyperdrive-artifacts/StETHHyperdrive';
import { StETHTarget0 } from '@delvtech/hyperdrive-artifacts/StETHTarget0';
import { StETHTarget1 } from '@delvtech/hyperdrive-artifacts/StETHTarget1';
import { StETHTarget2 } from '@delvtech/hyperdrive-artifacts/StETHTarget2';
import { StETHTarget3 } from '@delvtech/hyperdrive-artifacts/StETHTarget3';
import { StETHTarget4 } from '@delvtech/hyperdrive-artifacts/StETHTarget4';
import { Interface } from 'ethers';

/** The contracts of Hyperdrive v1.0.20, as its authors compiled them. */
export const artifacts = {
  ERC20Mintable,
  ERC4626Hyperdrive,
  targets: [ERC4626Target0, ERC4626Target1, ERC4626Target2, ERC4626Target3, ERC4626Target4],
  HyperdriveRegistry,
  LPMath,
  MockERC4626,
  MockHyperdrive,
  MockHyperdriveAdminController,
  MockLido,
  stEth: {
    StETHHyperdrive,
    targets: [StETHTarget0, StETHTarget1, StETHTarget2, StETHTarget3, StETHTarget4],
  },
  mathWrappers: {
    FixedPointMath: MockFixedPointMath,
    YieldSpaceMath: MockYieldSpaceMath,
    HyperdriveMath: MockHyperdriveMath,
    LPMath: MockLPMath,
  },
} as const;

/** solc's placeholder for LPMath's address in the targets' bytecode. */
export const lpMathPlaceholder = '__$2b4fa6f02a36eedfe41c65e8dd342257d3$__';

/** Parsed once: pools share them. */
export const interfaces = {
  hyperdrive: new Interface(IHyperdrive.abi),
  registry: new Interface(HyperdriveRegistry.abi),
  factory: new Interface(IHyperdriveFactory.abi),
  token: new Interface(ERC20Mintable.abi),
  vault: new Interface(MockERC4626.abi),
} as const;
