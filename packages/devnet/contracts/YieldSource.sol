// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

interface Token {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// @notice Replaces the yield source of pools of many kinds. It has the functions by which rETH, ezETH,
/// rsETH, LsETH, eETH, Aave, Chainlink feeds, stkWELL, USDS staking, Aerodrome gauges and Corn's silo return
/// their shares and their price. A share is worth `rate` base; any account may set the rate and mint shares.
/// For the local chain only.
contract YieldSource {
    error NotEnough();

    event Transfer(address indexed from, address indexed to, uint256 amount);

    string public constant name = "Yield source";
    string public constant symbol = "YIELD";
    uint8 public constant decimals = 18;

    /// @notice The token that is deposited; zero for ETH.
    address public immutable base;
    /// @notice Whether balances are returned in base, as rebasing tokens do.
    bool public immutable rebasing;
    /// @notice Base for a share, at 1e18.
    uint256 public rate;
    uint256 public totalShares;
    mapping(address account => uint256 amount) public shares;
    mapping(address owner => mapping(address spender => uint256 amount)) public allowance;

    constructor(address base_, bool rebasing_, uint256 rate_) {
        (base, rebasing, rate) = (base_, rebasing_, rate_);
    }

    receive() external payable {}

    function setRate(uint256 rate_) external {
        rate = rate_;
    }

    function mint(address account, uint256 amount) external {
        shares[account] += amount;
        totalShares += amount;
        emit Transfer(address(0), account, amount);
    }

    // A token, of shares or of what they are worth.

    function balanceOf(address account) external view returns (uint256) {
        return rebasing ? _toBase(shares[account]) : shares[account];
    }

    function totalSupply() external view returns (uint256) {
        return rebasing ? _toBase(totalShares) : totalShares;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        if (allowance[from][msg.sender] < amount) revert NotEnough();
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
        return true;
    }

    // rETH

    function getEthValue(uint256 amount) external view returns (uint256) {
        return _toBase(amount);
    }

    function getRethValue(uint256 amount) external view returns (uint256) {
        return _toShares(amount);
    }

    // LsETH

    function underlyingBalanceFromShares(uint256 amount) external view returns (uint256) {
        return _toBase(amount);
    }

    function sharesFromUnderlyingBalance(uint256 amount) external view returns (uint256) {
        return _toShares(amount);
    }

    // eETH and its liquidity pool

    function getTotalPooledEther() external view returns (uint256) {
        return _toBase(totalShares);
    }

    function amountForShare(uint256 amount) external view returns (uint256) {
        return _toBase(amount);
    }

    function sharesForAmount(uint256 amount) external view returns (uint256) {
        return _toShares(amount);
    }

    function deposit() external payable returns (uint256) {
        return _credit(msg.sender, _toShares(msg.value));
    }

    // ezETH: its manager and its oracle

    function renzoOracle() external view returns (address) {
        return address(this);
    }

    function ezETH() external view returns (address) {
        return address(this);
    }

    function calculateTVLs() external view returns (uint256[][] memory, uint256[] memory, uint256) {
        return (new uint256[][](0), new uint256[](0), _toBase(totalShares));
    }

    function calculateRedeemAmount(uint256 amount, uint256, uint256) external view returns (uint256) {
        return _toBase(amount);
    }

    function calculateMintAmount(uint256, uint256 amount, uint256) external view returns (uint256) {
        return _toShares(amount);
    }

    // ezETH and rsETH on Linea

    function getMintRate() external view returns (uint256, uint256) {
        return (rate, block.timestamp);
    }

    function getRate() external view returns (uint256) {
        return rate;
    }

    function rsETHOracle() external view returns (address) {
        return address(this);
    }

    function rsETHPrice() external view returns (uint256) {
        return rate;
    }

    // A Chainlink feed

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (1, int256(rate), block.timestamp, block.timestamp, 1);
    }

    // Aave: the token and the pool

    function POOL() external view returns (address) {
        return address(this);
    }

    function UNDERLYING_ASSET_ADDRESS() external view returns (address) {
        return base;
    }

    function scaledBalanceOf(address account) external view returns (uint256) {
        return shares[account];
    }

    function getReserveNormalizedIncome(address) external view returns (uint256) {
        return rate * 1e9;
    }

    function supply(address, uint256 amount, address account, uint16) external {
        Token(base).transferFrom(msg.sender, address(this), amount);
        _credit(account, _toShares(amount));
    }

    function withdraw(address, uint256 amount, address to) external returns (uint256) {
        _debit(msg.sender, _toShares(amount));
        Token(base).transfer(to, amount);
        return amount;
    }

    // stkWELL, USDS staking, an Aerodrome gauge: one share for one token

    function stake(address account, uint256 amount) external {
        _take(account, amount);
    }

    function stake(uint256 amount, uint16) external {
        _take(msg.sender, amount);
    }

    function deposit(uint256 amount) external {
        _take(msg.sender, amount);
    }

    function withdraw(uint256 amount) external {
        _debit(msg.sender, amount);
        Token(base).transfer(msg.sender, amount);
    }

    function stakingToken() external view returns (address) {
        return base;
    }

    function rewardsToken() external view returns (address) {
        return address(this);
    }

    function rewardToken() external view returns (address) {
        return address(this);
    }

    // Corn's silo

    function deposit(address, uint256 amount) external returns (uint256) {
        return _take(msg.sender, amount);
    }

    function redeemToken(address, uint256 amount) external returns (uint256) {
        _debit(msg.sender, amount);
        Token(base).transfer(msg.sender, amount);
        return amount;
    }

    function sharesOf(address account, address) external view returns (uint256) {
        return shares[account];
    }

    function _take(address account, uint256 amount) private returns (uint256) {
        Token(base).transferFrom(msg.sender, address(this), amount);
        return _credit(account, amount);
    }

    function _credit(address account, uint256 amount) private returns (uint256) {
        shares[account] += amount;
        totalShares += amount;
        return amount;
    }

    function _debit(address account, uint256 amount) private {
        if (shares[account] < amount) revert NotEnough();
        shares[account] -= amount;
        totalShares -= amount;
    }

    function _move(address from, address to, uint256 amount) private {
        uint256 moved = rebasing ? _toShares(amount) : amount;
        if (shares[from] < moved) revert NotEnough();
        shares[from] -= moved;
        shares[to] += moved;
        emit Transfer(from, to, amount);
    }

    function _toBase(uint256 amount) private view returns (uint256) {
        return amount * rate / 1e18;
    }

    function _toShares(uint256 amount) private view returns (uint256) {
        return amount * 1e18 / rate;
    }
}
