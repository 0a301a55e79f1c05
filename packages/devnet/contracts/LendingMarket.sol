// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

interface Token {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// @notice Replaces Morpho Blue with a single market without borrowers: lenders have positions of shares, at
/// first about a million for a base token. For the local chain only.
contract LendingMarket {
    error NotEnough();

    struct MarketParams {
        address loanToken;
        address collateralToken;
        address oracle;
        address irm;
        uint256 lltv;
    }

    /// @dev Morpho's virtual shares, which keep the first lender from moving the price.
    uint256 private constant VIRTUAL_SHARES = 1e6;

    uint256 public totalAssets;
    uint256 public totalShares;
    mapping(address lender => uint256 amount) public shares;

    constructor(uint256 assets) {
        totalAssets = assets;
        totalShares = assets * VIRTUAL_SHARES;
    }

    /// @notice Interest, or a loss: the worth of a share becomes `rate` millionths of base, at 1e18.
    function setRate(uint256 rate) external {
        totalAssets = totalShares * rate / 1e18 / VIRTUAL_SHARES;
    }

    /// @notice Removes shares from their owner, as a theft does.
    function transfer(address to, uint256 amount) external {
        if (shares[msg.sender] < amount) revert NotEnough();
        shares[msg.sender] -= amount;
        shares[to] += amount;
    }

    function market(bytes32) external view returns (uint128, uint128, uint128, uint128, uint128, uint128) {
        return (uint128(totalAssets), uint128(totalShares), 0, 0, uint128(block.timestamp), 0);
    }

    function position(bytes32, address lender) external view returns (uint256, uint128, uint128) {
        return (shares[lender], 0, 0);
    }

    function supply(MarketParams calldata params, uint256 assets, uint256, address lender, bytes calldata)
        external
        returns (uint256, uint256)
    {
        uint256 added = assets * (totalShares + VIRTUAL_SHARES) / (totalAssets + 1);
        Token(params.loanToken).transferFrom(msg.sender, address(this), assets);
        totalAssets += assets;
        totalShares += added;
        shares[lender] += added;
        return (assets, added);
    }

    /// @notice Either an amount of base or shares, as Morpho accepts them; shares for base are rounded up.
    function withdraw(MarketParams calldata params, uint256 assets, uint256 amount, address lender, address receiver)
        external
        returns (uint256, uint256)
    {
        if (amount == 0) {
            uint256 perBase = totalAssets + 1;
            amount = (assets * (totalShares + VIRTUAL_SHARES) + perBase - 1) / perBase;
        } else {
            assets = amount * (totalAssets + 1) / (totalShares + VIRTUAL_SHARES);
        }
        if (shares[lender] < amount) revert NotEnough();
        totalAssets -= assets;
        totalShares -= amount;
        shares[lender] -= amount;
        Token(params.loanToken).transfer(receiver, assets);
        return (assets, amount);
    }
}
